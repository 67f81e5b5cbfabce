// Speaks with the seller's page around this frame, as docs/library.md says: to the exact origins of the seller alone, and only to the window around. Pages are complete without it.

const { embed: type, ref, origins } = document.body.dataset;
const known = origins.split(' ').filter(Boolean);
const around = window.parent === window ? null : window.parent;
let origin = null;

const tell = what => {
  if (around && origin) around.postMessage({ v: 1, type: what, ref }, origin);
};

const isGreeting = data =>
  typeof data === 'object' && data !== null && Object.keys(data).length === 3 && data.v === 1 && data.type === 'hello' && data.ref === '';

addEventListener('message', event => {
  if (event.source !== around || !known.includes(event.origin) || !isGreeting(event.data)) return;
  origin = event.origin;
  tell('ready');
  if (type !== 'ready') tell(type);
});

// the way out: a button, and the key that closes dialogs
const close = document.querySelector('[data-close]');
if (close && around) {
  close.hidden = false;
  close.addEventListener('click', () => tell('cancelled'));
  addEventListener('keydown', event => { if (event.key === 'Escape') tell('cancelled'); });
}

// a form is sent once, however often its button is pressed; one that opens a window may be needed again
let sent = new WeakSet();
addEventListener('pageshow', event => { if (event.persisted) sent = new WeakSet(); });
document.addEventListener('submit', event => {
  if (event.target.target) return;
  if (sent.has(event.target)) event.preventDefault();
  sent.add(event.target);
});

// what happens in a window of its own, or at a bank, is seen here without pressing anything
const look = document.querySelector('[data-look]');
if (look) {
  const { look: seconds, stand, standAt } = look.dataset;
  const timer = setInterval(async () => {
    try {
      const answer = await fetch(standAt, { method: 'POST', body: new FormData(look), credentials: 'omit' });
      if (!answer.ok || (await answer.json()).stand === stand) return;
    } catch {
      return; // the line is dead: the next look may find it
    }
    clearInterval(timer);
    look.requestSubmit();
  }, seconds * 1000);
}
