// What became of a task.
import type { Completion, Failure } from "#workers/transcoding/contract.ts";
import { refuse, type Result } from "#workers/result.ts";
import type { RunResult } from "./ffmpeg/run.ts";

export type TaskFailure = Pick<Failure, "blame" | "code" | "message">;
export type TaskOutcome = Result<Completion["result"], TaskFailure>;

/** The file is at fault: no retry helps. */
export function sourceFault(code: Failure["code"], message: string) {
  return refuse<TaskFailure>({ blame: "source", code, message });
}

/** Another attempt may succeed. */
export function runnerFault(message: string) {
  return refuse<TaskFailure>({ blame: "runner", code: "encodeFailed", message });
}

/** A run that did not end by itself, or says that it failed. Exit 0 proves nothing: count what came out. */
export function runFault(what: string, { exit, stderrTail }: RunResult) {
  const how =
    exit.kind === "code"
      ? `exit ${exit.code}`
      : exit.kind === "signal"
        ? `killed by ${exit.signal}`
        : exit.kind;
  return runnerFault(`${what}: ${how}\n${lastLines(stderrTail)}`);
}

/** Out of our memory or disk is not the file's fault, whatever is missing from the output. */
export function ranOutOfRoom({ stderrTail }: RunResult): boolean {
  return /Cannot allocate memory|No space left on device|File too large/i.test(stderrTail);
}

export function lastLines(text: string): string {
  return text.split("\n").slice(-6).join("\n").slice(-1500);
}
