import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { problemOf } from "#workers/testing/api-client.ts";
import { FakeRunner } from "#workers/testing/fake-runner.ts";
import { uploadedVideo } from "#workers/testing/uploaded-video.ts";
import { protocolHeader, protocolVersion } from "./contract.ts";

const claim = { runnerId: "r", cpus: 1, ffmpegVersion: "5", waitSeconds: 0 };
const paths = ["claim", "tsk_1/heartbeat", "tsk_1/chunks", "tsk_1/complete", "tsk_1/fail"];

describe("the runners' routes", () => {
  it.each(paths)("refuse %s without the runner token", async (path) => {
    const response = await new FakeRunner("x", "not-the-token").post(path, claim);
    expect(response.headers.get("WWW-Authenticate")).toBe("Bearer");
    expect(await problemOf(response)).toMatchObject({ status: 401, code: "unauthenticated" });
  });

  it.each(paths)("refuse %s of a runner of another protocol, and name both versions", async (path) => {
    const other = await new FakeRunner().post(path, claim, { [protocolHeader]: "999" });
    expect(other.headers.get("Upgrade")).toBe(`sluice-runner/${protocolVersion}`);
    const problem = await problemOf(other);
    expect(problem).toMatchObject({ status: 426, code: "runnerProtocolMismatch" });
    expect(problem.detail).toMatch(new RegExp(`version 999.*version ${protocolVersion}`));
  });

  it.each(paths)("refuse a body of %s that does not fit its contract, field by field", async (path) => {
    const problem = await problemOf(await new FakeRunner().post(path, { cpus: "many", attempt: 0 }));
    expect(problem).toMatchObject({ status: 422, code: "unprocessable" });
    expect(problem.errors?.length).toBeGreaterThan(0);
  });

  it("tell a runner whose task is unknown that its lease is lost", async () => {
    const response = await new FakeRunner().post("tsk_1/heartbeat", { attempt: 1, progress: 0 });
    expect(await problemOf(response)).toMatchObject({ status: 409, code: "leaseLost" });
  });

  it("answer a claim with nothing, or with a task whose every object is a URL on the caller's origin", async () => {
    const runner = new FakeRunner();
    expect(await runner.claim()).toBeNull();
    const { videoId } = await uploadedVideo(env);
    const board = env.SCHEDULER.getByName("board");
    await board.submit({ videoId, version: 1, sourceKey: `sources/${videoId}/original`, sizeBytes: 5000 });
    const task = await runner.mustClaim();
    expect(task).toMatchObject({
      attempt: 1,
      videoId,
      version: 1,
      leaseSeconds: 30,
      work: { kind: "probe" },
    });
    expect(task.work.source.url).toMatch(/^https:\/\/sluice\.test\/internal\/v1\/objects\/[\w.-]+$/);
    expect(JSON.stringify(task)).not.toContain("sources/");
  });

  it("give the next task to who is there, not to a claim whose runner has left", async () => {
    const claim = { runnerId: "gone", cpus: 1, codecs: ["h264", "aac"], ffmpegVersion: "5", waitSeconds: 20 };
    const held = new FakeRunner().post("claim", claim);
    await new FakeRunner().post("claim", { ...claim, runnerId: "other", waitSeconds: 0 });
    const left = await new FakeRunner().post("leave", { runnerId: "gone" });
    expect([left.status, (await held).status]).toEqual([204, 204]);
  });
});
