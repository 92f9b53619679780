// As much of a Dockerfile as ours uses, and a refusal of the rest: a step that was silently skipped would prove
// nothing. Pure.

export type Step =
  | { readonly kind: "run"; readonly command: string }
  | {
      readonly kind: "copy";
      readonly fromStage: string | null;
      readonly sources: readonly string[];
      readonly to: string;
    }
  | { readonly kind: "workdir"; readonly path: string }
  | { readonly kind: "env"; readonly variables: Readonly<Record<string, string>> }
  | { readonly kind: "user"; readonly name: string };

export interface Stage {
  /** As in `debian:bookworm-slim`. */
  readonly image: string;
  readonly name: string | null;
  readonly steps: readonly Step[];
}

export interface Dockerfile {
  readonly stages: readonly Stage[];
  readonly entrypoint: readonly string[];
  readonly healthCheck: readonly string[];
  readonly stopSignal: string;
  readonly exposed: readonly number[];
  readonly volumes: readonly string[];
}

export function parseDockerfile(text: string): Dockerfile {
  const stages: { image: string; name: string | null; steps: Step[] }[] = [];
  const found = { entrypoint: [] as string[], healthCheck: [] as string[], stopSignal: "SIGTERM" };
  const exposed: number[] = [];
  const volumes: string[] = [];
  for (const line of logicalLines(text)) {
    const [, instruction = "", rest = ""] = /^(\w+)\s+(.*)$/s.exec(line) ?? [];
    const stage = stages.at(-1);
    switch (instruction.toUpperCase()) {
      case "FROM": {
        const [, image = "", name = null] = /^(\S+)(?:\s+AS\s+(\S+))?$/i.exec(rest) ?? [];
        stages.push({ image, name, steps: [] });
        break;
      }
      case "RUN":
      case "COPY":
      case "WORKDIR":
      case "ENV":
      case "USER":
        if (stage === undefined) throw new Error(`${instruction} before FROM`);
        stage.steps.push(stepOf(instruction.toUpperCase(), rest));
        break;
      case "ENTRYPOINT":
        found.entrypoint = jsonWords(rest);
        break;
      case "HEALTHCHECK":
        found.healthCheck = jsonWords(rest.replace(/^(--\S+\s+)*CMD\s+/, ""));
        break;
      case "STOPSIGNAL":
        found.stopSignal = rest;
        break;
      case "EXPOSE":
        exposed.push(Number(rest));
        break;
      case "VOLUME":
        volumes.push(rest);
        break;
      default:
        throw new Error(`a step that is not known here: ${line}`);
    }
  }
  return { stages, ...found, exposed, volumes };
}

function stepOf(instruction: string, rest: string): Step {
  switch (instruction) {
    case "RUN":
      return { kind: "run", command: rest };
    case "WORKDIR":
      return { kind: "workdir", path: rest };
    case "USER":
      return { kind: "user", name: rest };
    case "ENV": {
      const pairs = rest.split(/\s+/).map((pair) => pair.split("=", 2));
      return { kind: "env", variables: Object.fromEntries(pairs) as Record<string, string> };
    }
    case "COPY": {
      const words = rest.split(/\s+/);
      const [first = ""] = words;
      const flag = first.startsWith("--") ? words.shift() : undefined;
      const [, fromStage = null] = /^--from=(\S+)$/.exec(flag ?? "") ?? [];
      if (flag !== undefined && fromStage === null) throw new Error(`COPY ${flag} is not known here`);
      return { kind: "copy", fromStage, sources: words.slice(0, -1), to: words.at(-1) ?? "" };
    }
    default:
      throw new Error(`${instruction} is not known here`);
  }
}

/** Without comments; a backslash at its end joins a line with the next. */
function logicalLines(text: string): readonly string[] {
  return text
    .split("\n")
    .filter((line) => !line.startsWith("#"))
    .join("\n")
    .replaceAll(/\s*\\\n\s*/g, " ")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

function jsonWords(text: string): string[] {
  return JSON.parse(text) as string[];
}
