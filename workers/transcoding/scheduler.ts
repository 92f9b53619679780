// The address of the task board. Every isolate that plays holds this class, so it holds nothing of the board:
// task-board.ts is loaded by the first call.
import { DurableObject } from "cloudflare:workers";
import type { Env } from "#workers/env.ts";
import type { BoardCommand, CommandResult } from "./board-commands.ts";
import type { RpcResult } from "./board-context.ts";
import type { Failed } from "./job-rows.ts";
import type { ChunkReport, Completion, Failure } from "./contract.ts";
import type { FrameRequest } from "./frame-requests.ts";
import type { JobDetail, JobQuery, JobSummary } from "./job-view.ts";
import type { BoardClaim } from "./runner-scope.ts";
import type { SoundSubmission } from "./sound-jobs.ts";
import type { TaskBoard } from "./task-board.ts";
import type { TaskOrder } from "./work-order.ts";

export interface Submission {
  readonly videoId: string;
  readonly version: number;
  readonly sourceKey: string;
  readonly sizeBytes: number;
}

export type HeldClaim = Pick<BoardClaim, "runnerId" | "instance" | "codecs" | "scope" | "waitSeconds">;

export interface BoardStats {
  /** No task is given out until it is resumed. */
  readonly isPaused: boolean;
  readonly jobs: number;
  /** Waiting or being worked on. */
  readonly openTasks: number;
  readonly tasks: readonly { readonly kind: string; readonly phase: string; readonly count: number }[];
}

export class TranscodeScheduler extends DurableObject<Env> {
  /** Tests turn it. */
  nowMs: () => number = Date.now;
  #board: TaskBoard | null = null;

  async #open(): Promise<TaskBoard> {
    const { TaskBoard } = await import("./task-board.ts");
    return (this.#board ??= new TaskBoard(this.ctx, this.env, () => this.nowMs()));
  }

  /** Once for a version, however often it is said. */
  async submit(submission: Submission): Promise<void> {
    await (await this.#open()).submit(submission);
  }

  /** Once for a sound, however often it is said. */
  async submitSound(submission: SoundSubmission): Promise<void> {
    await (await this.#open()).submitSound(submission);
  }

  /** A single picture, to the frame; said again while it waits, it is the same. */
  async requestFrame(request: FrameRequest): Promise<"waiting" | "tooMany"> {
    return (await this.#open()).requestFrame(request);
  }

  /** Held open up to `waitSeconds` while there is nothing to do. */
  async claim(request: HeldClaim): Promise<TaskOrder | null> {
    return (await this.#open()).claim(request);
  }

  /** Whoever held a claim open has hung up: nobody would hear of a task. */
  async leave(runnerId: string): Promise<void> {
    (await this.#open()).leave(runnerId);
  }

  async heartbeat(taskId: string, attempt: number, progress: number): Promise<RpcResult> {
    return (await this.#open()).heartbeat(taskId, attempt, progress);
  }

  async reportChunk(taskId: string, report: ChunkReport): Promise<RpcResult> {
    return (await this.#open()).reportChunk(taskId, report);
  }

  async complete(taskId: string, completion: Completion): Promise<RpcResult> {
    return (await this.#open()).complete(taskId, completion);
  }

  async fail(taskId: string, failure: Failure): Promise<RpcResult> {
    return (await this.#open()).fail(taskId, failure);
  }

  /** The video is being deleted. When this returns, nothing of the board writes for it any more. */
  async cancel(videoId: string): Promise<void> {
    await (await this.#open()).cancel(videoId);
  }

  /** The media of a failed video is about to be erased. False: it is being worked on again. */
  async forget(videoId: string): Promise<boolean> {
    return (await this.#open()).forget(videoId);
  }

  /** A version that is not wanted any more. False: it is being taken up again. */
  async drop(videoId: string, version: number): Promise<boolean> {
    return (await this.#open()).drop(videoId, version);
  }

  /** The message of a submission came to nothing: the video fails, and can be taken up from here. */
  async bury(submission: Submission, failed: Failed): Promise<void> {
    await (await this.#open()).bury(submission, failed);
  }

  async command(command: BoardCommand): Promise<CommandResult> {
    return (await this.#open()).command(command);
  }

  /** The newest first. */
  async jobs(query: JobQuery): Promise<readonly JobSummary[]> {
    return (await this.#open()).jobs(query);
  }

  async job(videoId: string, withTasks: boolean): Promise<JobDetail | null> {
    return (await this.#open()).job(videoId, withTasks);
  }

  /** May an object be written in the name of this attempt? */
  async mayWrite(taskId: string, attempt: number): Promise<boolean> {
    return (await this.#open()).mayWrite(taskId, attempt);
  }

  async knows(videoId: string, version: number): Promise<boolean> {
    return (await this.#open()).knows(videoId, version);
  }

  async stats(): Promise<BoardStats> {
    return (await this.#open()).stats();
  }

  override async alarm(): Promise<void> {
    await (await this.#open()).alarm();
  }
}
