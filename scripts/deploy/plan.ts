// What a deploy has to do, from what the account already has. Pure, so that every case is tested without one.

export interface AccountFacts {
  readonly databaseExists: boolean;
  /** Names of the queues that exist. */
  readonly queues: readonly string[];
  /** False before the first deploy, and after a secret was added to the product. */
  readonly secretsSet: boolean;
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
  if (!facts.secretsSet) deploy.push("--secrets-file", secretsFilePlaceholder);
  // Without Docker the Worker is deployed alone, and runners are processes of yours.
  if (!facts.docker) deploy.push("--containers-rollout", "none", "--var", "RUNNER_FLEET:external");
  steps.push({
    why: facts.docker ? "deploy the Worker and the runner image" : "deploy the Worker",
    args: deploy,
  });
  return steps;
}
