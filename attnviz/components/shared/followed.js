// What one view of a page tells another. The link that the reader follows in one view, for another view of the page:
// {layer, head, query, key, weight}, counted from 0, or null. Each view is a script of its own, so it travels as an event of the document.

const FOLLOWED = "attnviz-followed";
const BET = "attnviz-bet";

export function tellFollowed(link) {
  tell(FOLLOWED, link);
}

// Calls `act` with each link, as long as the view stands in the page.
export function whenFollowed(view, act) {
  when(FOLLOWED, view, act);
}

// Of the bet `name`: the word that the reader guessed, or null, and whether it is `right`. Or what is asked of the figure:
// `wanted`, names of bets that are to be shown without a guess; `ahead`, {name, column}, a guess for a sentence to come.
export function tellBet(bet) {
  tell(BET, bet);
}

export function whenBet(view, act) {
  when(BET, view, act);
}

function tell(name, detail) {
  document.dispatchEvent(new CustomEvent(name, { detail }));
}

function when(name, view, act) {
  const heard = ({ detail }) => {
    if (view.root.isConnected) act(detail);
    else document.removeEventListener(name, heard);
  };
  document.addEventListener(name, heard);
}
