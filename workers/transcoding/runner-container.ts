// The address of one container. Every isolate that plays holds this class, so it holds nothing of containers:
// container.ts is loaded by the first call.
import { DurableObject } from "cloudflare:workers";
import type { Env } from "#workers/env.ts";
import type { Container } from "./container.ts";

export class Runner extends DurableObject<Env> {
  /** Tests turn it. */
  nowMs: () => number = Date.now;
  #container: Container | null = null;

  async #open(): Promise<Container> {
    const { Container } = await import("./container.ts");
    return (this.#container ??= new Container(this.ctx, this.env, () => this.nowMs()));
  }

  /** Repeated calls while it runs change nothing. */
  async wake(name: string): Promise<void> {
    await (await this.#open()).wake(name);
  }

  override async alarm(): Promise<void> {
    await (await this.#open()).alarm();
  }
}
