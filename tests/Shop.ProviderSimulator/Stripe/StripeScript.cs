namespace Shop.ProviderSimulator.Stripe;

/// <summary>A stand-in for the provider's script, so that a page with fields can be tried without an account: the same few names, the fields in a
/// frame of the simulator's origin. The shop's page never sees what is chosen inside.</summary>
public static class StripeScript
{
    public const string Text = """
        // plays https://js.stripe.com/v3/ for tests
        (() => {
          const origin = new URL(document.currentScript.src).origin;
          window.Stripe = key => {
            const ask = (frame, message) => new Promise(resolve => {
              const channel = new MessageChannel();
              channel.port1.onmessage = event => resolve(event.data);
              frame.contentWindow.postMessage(message, origin, [channel.port2]);
            });
            const elements = options => {
              const it = {
                clientSecret: options.clientSecret,
                frame: null,
                listeners: {},
                create: type => ({
                  on(name, listener) { it.listeners[name] = listener; return this; },
                  mount(target) {
                    const place = typeof target === 'string' ? document.querySelector(target) : target;
                    const frame = document.createElement('iframe');
                    Object.assign(frame.style, { display: 'block', width: '100%', height: '6rem', border: '0', background: '#fff', colorScheme: 'light' });
                    frame.title = 'Secure payment input frame';
                    frame.src = origin + '/v3/fields?client_secret=' + encodeURIComponent(options.clientSecret) + '&type=' + encodeURIComponent(type);
                    frame.addEventListener('load', () => it.listeners.ready?.({ elementType: type }));
                    place.replaceChildren(frame);
                    it.frame = frame;
                  },
                  unmount() { it.frame?.remove(); },
                  destroy() { it.frame?.remove(); },
                }),
                submit: async () => ({}),
                getElement: () => null,
                update() {},
              };
              return it;
            };
            const confirm = async (kind, { elements: it, clientSecret, confirmParams = {}, redirect = 'always' }) => {
              const secret = clientSecret ?? it.clientSecret;
              const answer = await ask(it.frame, { key, clientSecret: secret, returnUrl: confirmParams.return_url });
              if (answer.error) return { error: answer.error };
              const next = answer.next_action?.redirect_to_url?.url;
              if (next) { window.location.assign(next); return new Promise(() => {}); }
              if (redirect === 'always') {
                const back = new URL(confirmParams.return_url);
                back.searchParams.set(kind, answer.id);
                back.searchParams.set(kind + '_client_secret', secret);
                back.searchParams.set('redirect_status', 'succeeded');
                window.location.assign(back);
                return new Promise(() => {});
              }
              return kind === 'payment_intent' ? { paymentIntent: answer } : { setupIntent: answer };
            };
            return {
              elements,
              confirmPayment: options => confirm('payment_intent', options),
              confirmSetup: options => confirm('setup_intent', options),
              handleNextAction: ({ clientSecret }) => {
                window.location.assign(`${origin}/stripe/authenticate/${clientSecret.split('_secret_')[0]}?client_secret=${encodeURIComponent(clientSecret)}`);
                return new Promise(() => {});
              },
            };
          };
          window.Stripe.version = 3;
        })();
        """;

    public const string Fields = """
        // inside the frame: what was chosen goes straight to the provider
        window.addEventListener('message', async event => {
          const { key, clientSecret, returnUrl } = event.data;
          const chosen = document.getElementById('card').selectedOptions[0];
          const { field } = chosen.dataset;
          for (const place of document.querySelectorAll('[data-wrong]')) place.textContent = place.dataset.wrong === field ? chosen.text : '';
          if (field) return event.ports[0].postMessage({ error: { type: 'validation_error', code: chosen.value, message: chosen.text } });
          const body = new URLSearchParams({ key, client_secret: clientSecret, payment_method: document.getElementById('card').value });
          if (returnUrl) body.set('return_url', returnUrl);
          const response = await fetch('/v3/confirm', { method: 'POST', body });
          event.ports[0].postMessage(await response.json());
        });
        """;
}
