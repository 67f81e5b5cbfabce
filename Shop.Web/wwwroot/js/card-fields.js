// Mounts a payment service's own fields, and hands what is typed there to the service alone: nothing of it passes through here.
// The page has a way without this file: a button to the service's own page.

const box = document.querySelector('[data-card-fields]');
const fields = box?.querySelector('[data-mount]');
const problem = box?.querySelector('[data-problem]');
const banner = box?.querySelector('[data-banner]');
const button = box?.querySelector('[data-pay]');

// what is wrong with the card stands beside its fields, and is read out with them
const tell = text => {
  problem.textContent = text;
  problem.hidden = !text;
  if (text) fields.setAttribute('aria-describedby', problem.id);
  else fields.removeAttribute('aria-describedby');
};

// everything else has one place above
const warn = text => {
  banner.querySelector('p').textContent = text;
  banner.hidden = !text;
};

const ofTheCard = ['card_error', 'validation_error'];
const explain = ({ type, code, message }) =>
  ofTheCard.includes(type) || code?.endsWith('_authentication_failure') ? tell(message) : warn(message);

const mounts = {
  // https://docs.stripe.com/js: the element draws frames of the service's own origin
  async stripe({ key, secret, return: back, setup, next }) {
    const service = globalThis.Stripe?.(key, { locale: document.documentElement.lang });
    if (!service) return warn(box.dataset.missing);
    if (next) {
      const { error } = await service.handleNextAction({ clientSecret: secret });
      return error ? explain(error) : location.assign(back);
    }

    const elements = service.elements({ clientSecret: secret });
    const payment = elements.create('payment');
    payment.on('ready', () => { button.hidden = false; });
    payment.on('loaderror', () => warn(box.dataset.missing));
    payment.mount(fields);
    button.addEventListener('click', async () => {
      button.disabled = true;
      tell('');
      warn('');
      const confirm = setup ? service.confirmSetup : service.confirmPayment;
      // without an error the service leads the browser to the way back itself
      const { error } = await confirm.call(service, { elements, confirmParams: { return_url: back } });
      if (!error) return;
      explain(error);
      button.disabled = false;
    });
  },
};

if (box) mounts[box.dataset.cardFields]?.(box.dataset);
