// Pages are complete without this file. It does four small things where scripts run.

// 1. Tells the shop the reader's time zone, so that later pages are written in it, and rewrites the times of this one.
const page = document.documentElement;
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && zone !== page.dataset.zone) {
  const secure = location.protocol === 'https:' ? '; Secure' : '';
  document.cookie = `zone=${encodeURIComponent(zone)}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
  const date = new Intl.DateTimeFormat(page.lang, { year: 'numeric', month: 'long', day: 'numeric', timeZone: zone });
  const hour = new Intl.DateTimeFormat(page.lang, { hour: 'numeric', minute: '2-digit', timeZoneName: 'shortOffset', timeZone: zone });
  for (const time of document.querySelectorAll('time[data-form]')) {
    const at = new Date(time.dateTime);
    time.textContent = time.dataset.form === 'date'
      ? date.format(at)
      : `${date.format(at)}, ${hour.format(at).replace('GMT-', 'UTC\u2212').replace('GMT', 'UTC')}`;
  }
}

// 2. A form is sent once, however often its button is pressed. The shop holds without it; it spares the buyer a surprise.
let sent = new WeakSet();
document.addEventListener('submit', event => {
  if (sent.has(event.target)) event.preventDefault();
  sent.add(event.target);
});
addEventListener('pageshow', () => { sent = new WeakSet(); });

// 3. A page that waits for the bank looks again by itself; its link does the same by hand.
const waiting = document.querySelector('[data-again]');
if (waiting) setTimeout(() => location.reload(), waiting.dataset.again * 1000);

// 4. Printing needs a script, so its button shows only with one.
for (const button of document.querySelectorAll('[data-print]')) {
  button.hidden = false;
  button.addEventListener('click', () => print());
}
