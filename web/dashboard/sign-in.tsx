import { useEffect, useState } from "preact/hooks";
import { asKey } from "../access/api-key.ts";
import { formOf, textOf } from "./parts.tsx";
import { refusalWords } from "./refusal-words.ts";
import { signIn, type Session } from "./session.ts";

/** `ended`: somebody was signed in until now. */
export function SignIn({ ended, onSession }: { ended: boolean; onSession: (session: Session) => void }) {
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    document.title = "Sign in · Sluice";
  }, []);
  const submit = async (event: SubmitEvent): Promise<void> => {
    const form = formOf(event);
    const key = asKey(textOf(form, "key"));
    if (key === null) {
      setFault("That does not look like an API key. It starts with sluice_.");
      return;
    }
    setBusy(true);
    const answer = await signIn(key);
    setBusy(false);
    if (answer.ok) onSession(answer.value);
    else
      setFault(answer.reason.status === 401 ? "This API key was not accepted." : refusalWords(answer.reason));
  };
  return (
    <main id="main" class="sign-in" tabindex={-1}>
      <Mark />
      <h1>Sign in to Sluice</h1>
      <p class="soft">
        {ended ? "Your session has ended. Sign in again to go on." : "With an API key of this deployment."}
      </p>
      <form class="card" onSubmit={(event) => void submit(event)} noValidate>
        <div class="field">
          <label for="key">API key</label>
          <input
            id="key"
            name="key"
            type="password"
            autocomplete="current-password"
            spellcheck={false}
            placeholder="sluice_key_…"
            aria-describedby="key-help"
            aria-invalid={fault !== ""}
            autofocus
          />
          <p id="key-help" class="hint">
            Sent once, never kept in the page. A key with the scope admin sees everything.
          </p>
        </div>
        <p class="message" role="alert" hidden={fault === ""}>
          {fault}
        </p>
        <button class="button primary" type="submit" disabled={busy}>
          {busy ? "Signing in…" : "Sign in"}
        </button>
      </form>
    </main>
  );
}

export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
      <rect class="brand-gate" x="2" y="2" width="28" height="28" rx="9" />
      <path class="brand-play" d="M12.5 9.6v8.8l7.6-4.4z" />
      <path class="brand-water" d="M7 23.2c1.5-1.4 3-1.4 4.5 0s3 1.4 4.5 0 3-1.4 4.5 0 3 1.4 4.5 0" />
    </svg>
  );
}
