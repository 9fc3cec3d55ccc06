// A page hides the answer on which the class votes, and is told so by a run: a vote that begins or ends while it stands
// there makes it run again.

const TRIES = 2; // for one vote: a run that was on its way when the vote began knows nothing of it

// `again` asks for a run. drawn(vote): what the page's last run knew; heard(vote): how it is now, null for a page that
// hides nothing.
export function keepUp(again) {
  let page = null;
  let now = null;
  let tries = 0;

  function catchUp() {
    if (now === null || page === null || now === page || tries >= TRIES) return;
    tries += 1;
    page = now; // once the run that is asked for has come
    again();
  }

  return {
    drawn(vote) {
      page = vote;
      catchUp();
    },
    heard(vote) {
      if (vote !== now) tries = 0;
      now = vote;
      catchUp();
    },
  };
}
