// A deployment by its API: what its rows and objects do not hold.
import { Refusal } from "./checked.ts";
import type { Row } from "./rows.ts";

const perRequest = 500;

interface RevocationPage {
  readonly data: readonly Row[];
  readonly nextCursor: string | null;
}

export class Deployment {
  readonly #url: string;
  readonly #apiKey: string;

  constructor(url: string, apiKey: string) {
    this.#url = url.replace(/\/$/, "");
    this.#apiKey = apiKey;
  }

  async sealingKeyFingerprint(): Promise<string> {
    const report = await this.#ask("GET", "/v1/doctor");
    return String(Reflect.get(report, "sealingKeyFingerprint"));
  }

  /** Kept by an object that only the Worker can ask. Newest first. */
  async revocations(): Promise<readonly Row[]> {
    const rows: Row[] = [];
    let cursor: string | null = null;
    do {
      const query = cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`;
      // Of the contract.
      const page = (await this.#ask("GET", `/v1/revocations?limit=100${query}`)) as RevocationPage;
      rows.push(...page.data);
      cursor = page.nextCursor;
    } while (cursor !== null);
    return rows;
  }

  async restoreRevocations(rows: readonly Row[]): Promise<void> {
    for (let from = 0; from < rows.length; from += perRequest)
      await this.#ask("POST", "/v1/revocations/restore", { data: rows.slice(from, from + perRequest) });
  }

  async #ask(method: string, path: string, body?: unknown): Promise<object> {
    const answer = await fetch(`${this.#url}${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${this.#apiKey}`,
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch((error: unknown) => {
      throw new Refusal(`${this.#url} can't be reached: ${String(error)}`);
    });
    const text = await answer.text();
    if (answer.ok) return JSON.parse(text) as object;
    if (answer.status === 401 || answer.status === 403)
      throw new Refusal(`${path} was answered ${answer.status}: it takes an API key with the scope admin`);
    throw new Refusal(`${method} ${path} was answered ${answer.status}: ${text.slice(0, 300)}`);
  }
}
