// Asks the browser for a passkey and sends its answer with the form. Without scripts the page says that passkeys need them.

const form = document.querySelector('[data-passkey]');
const problem = form?.querySelector('[data-problem]');
const button = form?.querySelector('[data-ask]');

const tell = text => {
  problem.textContent = text;
  problem.hidden = !text;
};

const known = globalThis.PublicKeyCredential?.parseCreationOptionsFromJSON && PublicKeyCredential.parseRequestOptionsFromJSON;
if (form && !known) tell(problem.dataset.missing);
if (form && known) {
  button.hidden = false;
  button.addEventListener('click', async () => {
    tell('');
    button.disabled = true;
    const options = JSON.parse(form.dataset.options);
    try {
      const credential = form.dataset.passkey === 'create'
        ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
        : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
      form.querySelector('[data-credential]').value = JSON.stringify(credential.toJSON());
      form.requestSubmit();
    } catch (error) {
      // the browser says of all that went wrong only that it was not allowed
      tell(error.name === 'SecurityError' ? problem.dataset.missing : problem.dataset.stopped);
      button.disabled = false;
    }
  });
}
