// An order that waits to be paid, or a refund that waits to be fetched, here or on another device: asks until it is, and then goes where it leads. Without this file the
// page loads itself again.
const note = document.querySelector('[data-order-wait]');
const isRefund = note?.dataset.refund !== undefined;

// where the shop is crowded it does not wait, and is asked less often
const again = asked => Date.now() - asked > 5000 ? 500 : 5000;

async function ask() {
  const address = new URL(note.dataset.orderWait, location);
  address.searchParams.set('timeout_ms', '15000');
  if (isRefund) address.searchParams.set('await_refund_obtained', 'yes');
  const asked = Date.now();
  try {
    const answer = await fetch(address, { headers: { Accept: 'application/json' } });
    if (answer.status < 429) {
      const said = await answer.json();
      if (isRefund && (said.taler_refund_uri || said.refund_to_fetch)) return setTimeout(ask, again(asked));
      if (answer.ok && said.fulfillment_url) return location.assign(said.fulfillment_url);
      if (isRefund) return location.reload();
      if (answer.status !== 402 || said.already_paid_order_id || said.error) return location.assign(note.dataset.orderWait);
      return setTimeout(ask, again(asked));
    }
  } catch {
    // away for a moment: the next try says more
  }
  setTimeout(ask, 5000);
}

if (note) ask();
