// What a supervisor decides by. After 2 to 5 starting again changes nothing until somebody has changed something.
export const exitCodes = {
  /** SIGTERM, SIGINT: the tasks were handed back. */
  stopped: 0,
  failed: 1,
  usage: 2,
  /** The Worker does not accept it: wrong, expired or revoked. */
  token: 3,
  /** Runner and Worker are of different releases. */
  protocol: 4,
  /** None, or one that can't encode what is needed. */
  ffmpeg: 5,
} as const;
