import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../setup.mjs";
import { isIgnored } from "./ignored.ts";
import { parseDockerfile } from "./parse-dockerfile.ts";

const ours = parseDockerfile(readFileSync(join(root, "transcoder", "Dockerfile"), "utf8"));

test("the image runs as an unprivileged user, says how it is stopped, asked and reached", () => {
  expect(ours.stages.map(({ name }) => name)).toEqual(["modules", null]);
  const steps = ours.stages.at(-1)?.steps ?? [];
  expect(steps.filter(({ kind }) => kind === "user")).toEqual([{ kind: "user", name: "runner" }]);
  expect(ours).toMatchObject({
    entrypoint: ["node", "/app/transcoder/main.ts"],
    stopSignal: "SIGTERM",
    exposed: [8080],
    volumes: ["/work"],
  });
  expect(ours.healthCheck.join(" ")).toContain("/healthz");
});

test("a continued line is one step, and a step that is not known is refused", () => {
  const parsed = parseDockerfile(
    "FROM a AS b\n# no\nRUN one \\\n    && two\nENV A=1 B=2\nCOPY --from=b x y z/\n",
  );
  expect(parsed.stages).toEqual([
    {
      image: "a",
      name: "b",
      steps: [
        { kind: "run", command: "one && two" },
        { kind: "env", variables: { A: "1", B: "2" } },
        { kind: "copy", fromStage: "b", sources: ["x", "y"], to: "z/" },
      ],
    },
  ]);
  expect(() => parseDockerfile("FROM a\nADD x y\n")).toThrow("not known");
  expect(() => parseDockerfile("FROM a\nCOPY --chown=me x y\n")).toThrow("not known");
});

test("the context holds what is let in again, and no test", () => {
  const patterns = readFileSync(join(root, "transcoder", "Dockerfile.dockerignore"), "utf8");
  const ignored = (path: string) => isIgnored(patterns, path);
  expect(["package.json", "workers/timeline/join.ts", "transcoder/main.ts"].filter(ignored)).toEqual([]);
  const out = ["README.md", "scripts/dev.ts", "transcoder/runner.test.ts", "transcoder/testing/media.ts"];
  expect(out.filter((path) => !ignored(path))).toEqual([]);
});
