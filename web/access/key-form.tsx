import { useState } from "preact/hooks";
import { asKey, keepKey } from "./api-key.ts";

/** Asks for an API key. `refused` says that the last one was not accepted. */
export function KeyForm({ refused, onKey }: { refused: boolean; onKey: (key: string) => void }) {
  const [fault, setFault] = useState(refused ? "This API key was not accepted." : "");
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (!(event.currentTarget instanceof HTMLFormElement)) return;
    const entered = new FormData(event.currentTarget).get("key");
    const key = asKey(typeof entered === "string" ? entered : "");
    if (key === null) {
      setFault("That does not look like an API key. It starts with sluice_.");
      return;
    }
    keepKey(key);
    onKey(key);
  };
  return (
    <form class="card key-form" onSubmit={submit} noValidate>
      <div class="field">
        <label for="key">API key</label>
        <input
          id="key"
          name="key"
          type="password"
          autocomplete="off"
          spellcheck={false}
          placeholder="sluice_…"
          aria-describedby="key-help"
          aria-invalid={fault !== ""}
        />
        <p id="key-help" class="soft">
          A key that may upload. This tab keeps it until it is closed.
        </p>
      </div>
      <p class="message" role="alert" hidden={fault === ""}>
        {fault}
      </p>
      <p class="actions">
        <button class="button primary" type="submit">
          Continue
        </button>
      </p>
    </form>
  );
}
