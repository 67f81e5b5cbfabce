// Mounts a payment service's own fields, and hands what is typed there to the service alone: nothing of it passes through here.
// The page has a way without this file: a button to the service's own page.

const box = document.querySelector('[data-card-fields]');
const problem = box?.querySelector('[data-problem]');
const button = box?.querySelector('[data-pay]');

const tell = text => {
  problem.textContent = text;
  problem.hidden = !text;
};

const mounts = {
  // https://docs.stripe.com/js: the element draws frames of the service's own origin
  async stripe({ key, secret, return: back, setup, next }) {
    const service = globalThis.Stripe?.(key, { locale: document.documentElement.lang });
    if (!service) return tell(problem.dataset.missing);
    if (next) {
      const { error } = await service.handleNextAction({ clientSecret: secret });
      return error ? tell(error.message) : location.assign(back);
    }

    const elements = service.elements({ clientSecret: secret });
    const fields = elements.create('payment');
    fields.on('ready', () => { button.hidden = false; });
    fields.on('loaderror', () => tell(problem.dataset.missing));
    fields.mount(box.querySelector('[data-mount]'));
    button.addEventListener('click', async () => {
      button.disabled = true;
      tell('');
      const confirm = setup ? service.confirmSetup : service.confirmPayment;
      // without an error the service leads the browser to the way back itself
      const { error } = await confirm.call(service, { elements, confirmParams: { return_url: back } });
      if (!error) return;
      // what is wrong with one field stands beside it, inside the service's frame
      if (error.type !== 'validation_error') tell(error.message);
      button.disabled = false;
    });
  },
};

if (box) mounts[box.dataset.cardFields]?.(box.dataset);
