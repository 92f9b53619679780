// What a task's work is given. It reports through it and leaves no trace outside `dir`.
import type { ChunkReport } from "#workers/transcoding/contract.ts";
import type { Result } from "#workers/result.ts";
import type { Gate } from "./gate.ts";
import type { TaskFailure } from "./outcome.ts";
import type { HeldSource } from "./source-cache.ts";
import type { ObjectTarget } from "./object-urls.ts";
import type { UploadBody } from "./upload.ts";

export interface TaskContext {
  /** Removed when the task ends. */
  readonly dir: string;
  readonly source: HeldSource;
  /** Fires when the lease is lost or the runner stops. */
  readonly signal: AbortSignal;
  readonly cpus: number;
  /** Encoder processes of all tasks pass here, one for each core. */
  readonly encoders: Gate;
  progress(share: number): void;
  addCpuSeconds(seconds: number): void;
  put(
    target: ObjectTarget & { readonly maxBytes: number },
    body: UploadBody,
  ): Promise<Result<null, TaskFailure>>;
  reportChunk(report: Omit<ChunkReport, "attempt">): Promise<Result<null, TaskFailure>>;
}
