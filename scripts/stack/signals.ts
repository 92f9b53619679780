const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Ends the stack on a signal. Call it once the stack runs: wrangler and Miniflare have handlers of their own that
 * exit the process at once, before a runner could be ended, so theirs are taken away.
 */
export function onSignal(end: () => Promise<void>): void {
  for (const signal of signals) {
    process.removeAllListeners(signal);
    process.on(signal, () => void end());
  }
}
