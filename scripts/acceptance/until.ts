/** Polls a condition; past the deadline it says what did not come true. */
export async function until(
  what: string,
  reached: () => Promise<boolean> | boolean,
  deadlineSeconds: number,
): Promise<void> {
  const deadlineMs = Date.now() + deadlineSeconds * 1000;
  while (!(await reached())) {
    if (Date.now() > deadlineMs) throw new Error(`${what}: not within ${deadlineSeconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
