import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import {
  curlOf,
  secretOf,
  sectionsOf,
  sentBodyOf,
  type Answer,
  type ApiDocument,
  type Entry,
} from "./document.ts";

function Reference() {
  const [document, setDocument] = useState<ApiDocument | "failed" | null>(null);
  const [search, setSearch] = useState("");
  const load = () => {
    setDocument(null);
    fetch("/openapi.json")
      .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(String(answer.status)))))
      .then(
        // Same origin, same release.
        (body) => setDocument(body as ApiDocument),
        () => setDocument("failed"),
      );
  };
  useEffect(load, []);
  useEffect(() => showTarget(), [document]);

  if (document === null) return <p role="status">Loading…</p>;
  if (document === "failed") {
    return (
      <p role="alert">
        The reference could not be loaded. <button onClick={load}>Try again</button>
      </p>
    );
  }
  const sections = sectionsOf(document, search);
  return (
    <>
      <label class="search">
        Find an operation or an event
        <input type="search" value={search} onInput={(event) => setSearch(event.currentTarget.value)} />
      </label>
      <nav aria-label="Sections">
        <ul>
          {sections.map(({ name }) => (
            <li key={name}>
              <a href={`#${name}`}>{name}</a>
            </li>
          ))}
        </ul>
      </nav>
      {sections.length === 0 && <p role="status">Nothing is called so.</p>}
      {sections.map(({ name, description, entries }) => (
        <section key={name} aria-labelledby={name}>
          <h2 id={name}>{name}</h2>
          <p>
            <Text of={description} />
          </p>
          {entries.map((entry) => (
            <Operation key={entry.operation.operationId} {...entry} />
          ))}
        </section>
      ))}
    </>
  );
}

function Operation(entry: Entry) {
  const { method, path, isSent, operation } = entry;
  const { parameters = [], responses } = operation;
  return (
    <details id={operation.operationId}>
      <summary>
        <span class={`method ${method.toLowerCase()}`}>{method}</span> <code>{path}</code>{" "}
        <span class="summary">{operation.summary}</span>
      </summary>
      <div class="operation">
        {operation.description !== undefined && (
          <p>
            <Text of={operation.description} />
          </p>
        )}
        {isSent && <p>Sent to your endpoint, when it chose this event.</p>}
        {!isSent && <Secret of={secretOf(operation)} />}
        <pre tabIndex={0} aria-label={isSent ? "Example body" : "Example request"}>
          <code>{isSent ? sentBodyOf(entry) : curlOf(entry, location.origin)}</code>
        </pre>
        {parameters.length > 0 && (
          <table>
            <caption>Parameters</caption>
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">In</th>
                <th scope="col">Meaning</th>
              </tr>
            </thead>
            <tbody>
              {parameters.map((parameter) => (
                <tr key={`${parameter.in} ${parameter.name}`}>
                  <th scope="row">
                    <code>{parameter.name}</code>
                    {parameter.required === true && " (required)"}
                  </th>
                  <td>{parameter.in}</td>
                  <td>
                    <Text of={parameter.description ?? parameter.schema?.description ?? ""} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        <h3>{isSent ? "Your answers" : "Answers"}</h3>
        {Object.entries(responses).map(([status, answer]) => (
          <ShownAnswer key={status} status={status} answer={answer} />
        ))}
      </div>
    </details>
  );
}

function Secret({ of }: { readonly of: ReturnType<typeof secretOf> }) {
  switch (of) {
    case "SLUICE_KEY":
      return null;
    case "METRICS_TOKEN":
      return (
        <p>
          Needs the secret <code>METRICS_TOKEN</code>, and no API key.
        </p>
      );
    case null:
      return <p>Needs no API key.</p>;
  }
}

function ShownAnswer({ status, answer }: { readonly status: string; readonly answer: Answer }) {
  const [type, media] = Object.entries(answer.content ?? {})[0] ?? [];
  const text = <Text of={`${status} ${answer.description}`} />;
  if (media?.example === undefined || !status.startsWith("2")) {
    return (
      <p class="answer">
        {text}
        {type !== undefined && status.startsWith("2") && ` (${type})`}
      </p>
    );
  }
  return (
    <>
      <p class="answer">{text}</p>
      <pre tabIndex={0} aria-label={`Example of ${status}`}>
        <code>{JSON.stringify(media.example, null, 2)}</code>
      </pre>
    </>
  );
}

/** The document's descriptions have code in backquotes, and no other markup. */
function Text({ of }: { readonly of: string }) {
  return <>{of.split("`").map((part, at) => (at % 2 === 1 ? <code key={at}>{part}</code> : part))}</>;
}

/** A link to an operation opens it. */
function showTarget(): void {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target instanceof HTMLDetailsElement) target.open = true;
  target?.scrollIntoView();
}

const root = document.getElementById("reference");
if (root !== null) {
  root.replaceChildren();
  render(<Reference />, root);
  addEventListener("hashchange", showTarget);
}
