// Cloudflare's container, as far as it is used, with a record of what was asked of it. It ends when a test says so.
export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly enableInternet?: boolean;
}

export class FakeContainer {
  running = false;
  readonly calls: string[] = [];
  started: StartOptions = {};
  /** What its health endpoint answers. */
  health: "busy" | "idle" | "silent" = "idle";
  /** There is no place for it. */
  refusesToStart = false;
  /** SIGTERM alone does not end it. */
  deaf = false;
  #watchers: { resolve(): void; reject(error: Error): void }[] = [];

  start(options: StartOptions): void {
    this.calls.push("start");
    if (this.refusesToStart) throw new Error("no container instance is free");
    this.started = options;
    this.running = true;
  }

  interceptOutboundHttp(host: string): Promise<void> {
    this.calls.push(`intercept ${host}`);
    return Promise.resolve();
  }

  setInactivityTimeout(): Promise<void> {
    return Promise.resolve();
  }

  signal(number: number): void {
    this.calls.push(`signal ${number}`);
    if (!this.deaf) this.exit();
  }

  destroy(): Promise<void> {
    this.calls.push("destroy");
    this.exit();
    return Promise.resolve();
  }

  monitor(): Promise<void> {
    return new Promise((resolve, reject) => this.#watchers.push({ resolve, reject }));
  }

  getTcpPort(): { fetch(): Promise<Response> } {
    return {
      fetch: () =>
        this.health === "silent"
          ? Promise.reject(new Error("connection refused"))
          : Promise.resolve(Response.json({ status: "ok", busy: this.health === "busy" })),
    };
  }

  /** By itself, whatever the reason. */
  exit(error?: Error): void {
    this.running = false;
    for (const watcher of this.#watchers.splice(0)) {
      if (error === undefined) watcher.resolve();
      else watcher.reject(error);
    }
  }

  /** The platform ends a watch after a while; the container goes on. */
  endWatch(): void {
    for (const watcher of this.#watchers.splice(0)) watcher.resolve();
  }

  get starts(): number {
    return this.calls.filter((call) => call === "start").length;
  }
}
