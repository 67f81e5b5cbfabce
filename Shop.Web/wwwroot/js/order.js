// An order that waits to be paid, here or on another device: asks until it is, and then goes where it leads. Without this file the page loads itself again.
const note = document.querySelector('[data-order-wait]');

async function ask() {
  const address = new URL(note.dataset.orderWait, location);
  address.searchParams.set('timeout_ms', '15000');
  const asked = Date.now();
  try {
    const answer = await fetch(address, { headers: { Accept: 'application/json' } });
    if (answer.status < 429) {
      const said = await answer.json();
      if (answer.ok && said.fulfillment_url) return location.assign(said.fulfillment_url);
      if (answer.status !== 402 || said.already_paid_order_id || said.error) return location.assign(note.dataset.orderWait);
      return setTimeout(ask, Date.now() - asked > 5000 ? 500 : 5000); // the shop is crowded where it does not wait
    }
  } catch {
    // away for a moment: the next try says more
  }
  setTimeout(ask, 5000);
}

if (note) ask();
