"""The frame that pages share: header, controls, sections, notices."""
