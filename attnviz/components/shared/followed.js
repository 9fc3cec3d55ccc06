// The link that the reader follows in one view, for another view of the page: {layer, head, query, key, weight},
// counted from 0, or null. Each view is a script of its own, so it travels as an event of the document.

const FOLLOWED = "attnviz-followed";

export function tellFollowed(link) {
  document.dispatchEvent(new CustomEvent(FOLLOWED, { detail: link }));
}

// Calls `act` with each link, as long as the view stands in the page.
export function whenFollowed(view, act) {
  const heard = ({ detail }) => {
    if (view.root.isConnected) act(detail);
    else document.removeEventListener(FOLLOWED, heard);
  };
  document.addEventListener(FOLLOWED, heard);
}
