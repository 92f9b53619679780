// The steps of a Dockerfile, done in folders: each stage begins as a Debian made by debootstrap. Where packages come
// from is what this machine's apt and npm are set to.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, globSync, mkdirSync, rmSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path/posix";
import { runInChroot, type ChrootOptions } from "./chroot.ts";
import { isIgnored } from "./ignored.ts";
import type { Dockerfile, Stage, Step } from "./parse-dockerfile.ts";

export interface Built {
  readonly root: string;
  readonly user: string;
  readonly workdir: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface BuildOptions {
  readonly context: string;
  /** Text of the .dockerignore. */
  readonly ignore: string;
  readonly scratch: string;
  readonly say: (line: string) => void;
}

const certificates = "/etc/ssl/certs/ca-certificates.crt";

export async function buildRoot(dockerfile: Dockerfile, options: BuildOptions): Promise<Built> {
  const bases = new Map<string, string>();
  const stages = new Map<string, Built>();
  let last: Built | null = null;
  for (const [index, stage] of dockerfile.stages.entries()) {
    const base = bases.get(stage.image) ?? debianBase(stage.image, options);
    bases.set(stage.image, base);
    const root = join(options.scratch, `stage-${index}`);
    execFileSync("cp", ["-a", base, root]);
    last = await buildStage(stage, root, stages, options);
    if (stage.name !== null) stages.set(stage.name, last);
  }
  if (last === null) throw new Error("a Dockerfile without a stage");
  return last;
}

/** `debian:bookworm-slim` is what debootstrap calls a minimal bookworm. */
function debianBase(image: string, { scratch, say }: BuildOptions): string {
  const [, suite] = /^debian:([a-z]+)-slim$/.exec(image) ?? [];
  if (suite === undefined) throw new Error(`a base that can't be made here: ${image}`);
  const mirror = execFileSync(
    "apt-get",
    ["indextargets", "--format", "$(REPO_URI) $(CODENAME)", "Created-By: Packages"],
    { encoding: "utf8" },
  )
    .split("\n")
    .find((line) => line.endsWith(` ${suite}`))
    ?.split(" ")[0];
  if (mirror === undefined) throw new Error(`apt of this machine knows no archive of ${suite}`);
  const base = join(scratch, `base-${suite}`);
  say(`FROM ${image}: debootstrap`);
  execFileSync("debootstrap", ["--variant=minbase", suite, base, mirror], { stdio: "ignore" });
  return base;
}

async function buildStage(
  stage: Stage,
  root: string,
  stages: ReadonlyMap<string, Built>,
  options: BuildOptions,
): Promise<Built> {
  const network = lendNetwork(root);
  let built: Built = { root, user: "root", workdir: "/", env: {} };
  for (const step of stage.steps) built = await doStep(step, built, stages, { ...options, network });
  // What was lent is no part of the image.
  for (const path of network.files) rmSync(join(root, path), { force: true });
  return built;
}

interface Network {
  readonly env: Readonly<Record<string, string>>;
  readonly files: readonly string[];
}

/** As an engine does while it builds: names are resolved, and registries reached, by the machine's own settings. */
function lendNetwork(root: string): Network {
  const lent = "/etc/ssl/lent-ca.crt";
  cpSync("/etc/resolv.conf", join(root, "etc/resolv.conf"));
  cpSync("/etc/hosts", join(root, "etc/hosts"));
  mkdirSync(join(root, "etc/ssl"), { recursive: true });
  if (existsSync(certificates)) cpSync(certificates, join(root, lent));
  const registry = execFileSync("npm", ["config", "get", "registry"], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  }).trim();
  return { env: { npm_config_registry: registry, NODE_EXTRA_CA_CERTS: lent }, files: [lent] };
}

async function doStep(
  step: Step,
  built: Built,
  stages: ReadonlyMap<string, Built>,
  options: BuildOptions & { readonly network: Network },
): Promise<Built> {
  switch (step.kind) {
    case "workdir":
      mkdirSync(join(built.root, step.path), { recursive: true });
      return { ...built, workdir: step.path };
    case "env":
      return { ...built, env: { ...built.env, ...step.variables } };
    case "user":
      return { ...built, user: step.name };
    case "copy":
      copy(step, built, stages, options);
      return built;
    case "run": {
      options.say(`RUN ${step.command.slice(0, 70)}`);
      const env = { ...options.network.env, DEBIAN_FRONTEND: "noninteractive", ...built.env };
      const { code, output } = await runInChroot(["/bin/sh", "-c", step.command], { ...built, env });
      if (code !== 0) throw new Error(`RUN ${step.command} ended with ${code}:\n${output.slice(-2000)}`);
      return built;
    }
  }
}

function copy(
  step: Extract<Step, { kind: "copy" }>,
  { root, workdir }: Built,
  stages: ReadonlyMap<string, Built>,
  { context, ignore }: BuildOptions,
): void {
  const stage = step.fromStage === null ? null : (stages.get(step.fromStage) ?? null);
  if (step.fromStage !== null && stage === null) throw new Error(`COPY from no stage: ${step.fromStage}`);
  const to = join(root, resolve(workdir, step.to));
  const into = step.to.endsWith("/") || step.sources.length > 1;
  const from = stage?.root ?? context;
  for (const source of step.sources) {
    const path = join(from, source);
    const name = into && !statSync(path).isDirectory() ? join(to, basename(source)) : to;
    const included = (file: string) => stage !== null || !isIgnored(ignore, file.slice(context.length + 1));
    cpSync(path, name, { recursive: true, filter: (file) => file === path || included(file) });
  }
}

/** What nobody but root may change, so that whoever takes over the runner can't change the runner. */
export function writableBy(built: Built, folder: string): readonly string[] {
  return globSync(join(built.root, folder, "**/*")).filter((path) => {
    const { mode, uid } = statSync(path);
    return uid !== 0 || (mode & 0o002) !== 0;
  });
}

export function chrootOptions(built: Built, env: Readonly<Record<string, string>>): ChrootOptions {
  return { ...built, env: { ...built.env, ...env }, readOnly: true, tmpfs: ["/work"] };
}
