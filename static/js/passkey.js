// Forms with data-passkey="create" or "get" are sent once the device has made or used a passkey.
// Its answer goes into the field `credential`, as JSON. The server's options stand in the element
// named by data-options, or are fetched from data-options-url.
const toBytes = (text) => {
  const base64 = text.replaceAll("-", "+").replaceAll("_", "/");
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
};
const toText = (buffer) => {
  const letters = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte));
  return btoa(letters.join("")).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
};
const withIds = (list = []) => list.map((one) => ({ ...one, id: toBytes(one.id) }));
const FAULTS = {
  NotAllowedError: "The device was not asked, or took too long. Try again.",
  InvalidStateError: "This device has a passkey for this account already.",
};

async function optionsOf(form) {
  if (form.dataset.options) return JSON.parse(document.getElementById(form.dataset.options).textContent);
  const response = await fetch(form.dataset.optionsUrl, { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error("The server did not answer. Try again.");
  return response.json();
}

async function create({ publicKey }, form) {
  const alone = form.elements.passwordless?.checked ?? false;
  const credential = await navigator.credentials.create({
    publicKey: {
      ...publicKey,
      challenge: toBytes(publicKey.challenge),
      user: { ...publicKey.user, id: toBytes(publicKey.user.id) },
      excludeCredentials: withIds(publicKey.excludeCredentials),
      authenticatorSelection: {
        ...publicKey.authenticatorSelection,
        residentKey: alone ? "required" : "discouraged",
        requireResidentKey: alone,
        userVerification: alone ? "required" : "discouraged",
      },
    },
  });
  const { clientDataJSON, attestationObject } = credential.response;
  return asJson(credential, { clientDataJSON, attestationObject });
}

async function get({ publicKey }) {
  const credential = await navigator.credentials.get({
    publicKey: {
      ...publicKey,
      challenge: toBytes(publicKey.challenge),
      allowCredentials: withIds(publicKey.allowCredentials),
    },
  });
  const { clientDataJSON, authenticatorData, signature, userHandle } = credential.response;
  return asJson(credential, { clientDataJSON, authenticatorData, signature, userHandle });
}

function asJson(credential, buffers) {
  const given = Object.entries(buffers).filter(([, buffer]) => buffer);
  return {
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    response: Object.fromEntries(given.map(([name, buffer]) => [name, toText(buffer)])),
    clientExtensionResults: credential.getClientExtensionResults(),
  };
}

async function send(form) {
  const fault = form.querySelector("[data-passkey-fault]");
  fault.hidden = true;
  try {
    const options = await optionsOf(form);
    const answer = form.dataset.passkey === "create" ? await create(options, form) : await get(options);
    form.elements.credential.value = JSON.stringify(answer);
    form.submit();
  } catch (error) {
    fault.textContent = FAULTS[error.name] ?? error.message;
    fault.hidden = false;
  }
}

for (const form of document.querySelectorAll("[data-passkey]")) {
  form.hidden = !window.PublicKeyCredential;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form);
  });
}
