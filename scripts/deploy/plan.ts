// What a deploy has to do, from what the account already has. Pure, so that every case is tested without one.

export interface AccountFacts {
  readonly databaseExists: boolean;
  /** Names of the queues that exist. */
  readonly queues: readonly string[];
  /**
   * To be set: all before the first deploy, later those that were added to the product, never one that is in use; and
   * the optional ones that the environment has.
   */
  readonly missingSecrets: readonly string[];
  /** A Docker engine answers: the runner image can be built and pushed. */
  readonly docker: boolean;
}

export interface Names {
  readonly database: string;
  readonly queues: readonly string[];
}

export type Step = {
  readonly why: string;
  /** Arguments of wrangler. */
  readonly args: readonly string[];
};

export const secretsFilePlaceholder = "{secrets}";

/** In order: resources, then migrations, then code, so that new code never meets an old schema. */
export function deployPlan(names: Names, facts: AccountFacts): readonly Step[] {
  const steps: Step[] = [];
  if (!facts.databaseExists)
    steps.push({ why: "create the database", args: ["d1", "create", names.database] });
  for (const queue of names.queues) {
    if (facts.queues.includes(queue)) continue;
    steps.push({ why: `create the queue ${queue}`, args: ["queues", "create", queue] });
  }
  steps.push({ why: "apply migrations", args: ["d1", "migrations", "apply", names.database, "--remote"] });
  const deploy = ["deploy"];
  if (facts.missingSecrets.length > 0) deploy.push("--secrets-file", secretsFilePlaceholder);
  // Without Docker the Worker is deployed alone, and runners are processes of yours.
  if (!facts.docker) deploy.push("--containers-rollout", "none", "--var", "RUNNER_FLEET:external");
  steps.push({
    why: facts.docker ? "deploy the Worker and the runner image" : "deploy the Worker",
    args: deploy,
  });
  return steps;
}

/** Nobody but the owner of the account can make these; what the environment has is set, the rest left as it is. */
const optionalSecrets = ["R2_S3_ACCESS_KEY_ID", "R2_S3_SECRET_ACCESS_KEY"];

export function givenSecrets(
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    optionalSecrets.flatMap((name) => {
      const value = env[name];
      return value === undefined || value === "" ? [] : [[name, value]];
    }),
  );
}

/**
 * Which secrets the Worker lacks, from what `wrangler secret list` said. Null when it said nothing usable: then
 * nothing may be generated, because a new session key would end every session and a new token lock out every runner.
 */
export function missingSecrets(
  names: readonly string[],
  listed: { readonly ok: boolean; readonly output: string },
): readonly string[] | null {
  if (listed.ok) return names.filter((name) => !listed.output.includes(`"${name}"`));
  // Cloudflare's code for a Worker that does not exist yet.
  return /10007|does not exist|not found/i.test(listed.output) ? names : null;
}
