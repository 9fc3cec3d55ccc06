"""What all pages share: choices in the URL, text in two languages, the model cache, the page's frame."""
