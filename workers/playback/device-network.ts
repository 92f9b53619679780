// What a request says about the network between the viewer and this location.

export interface NetworkFacts {
  /** The viewer asked to be sent less. */
  readonly saveData: boolean;
  /** To this location, as the platform measured it. */
  readonly rttMs: number | null;
  /** ISO 3166-1 alpha-2. */
  readonly country: string | null;
  /** What the browser believes. */
  readonly downlinkBps: number | null;
}

interface RequestHeaders {
  get(name: string): string | null;
}

/** The part of `request.cf` that counts; over HTTP/3 the round trip is QUIC's. */
interface ConnectionFacts {
  readonly clientTcpRtt?: unknown;
  readonly clientQuicRtt?: unknown;
  readonly country?: unknown;
}

export function readNetwork(headers: RequestHeaders, connection: ConnectionFacts | undefined): NetworkFacts {
  const tcp = positive(connection?.clientTcpRtt);
  return {
    saveData: headers.get("Save-Data")?.toLowerCase() === "on",
    rttMs: tcp ?? positive(connection?.clientQuicRtt),
    country: typeof connection?.country === "string" ? connection.country : null,
    downlinkBps: downlinkOf(headers.get("Downlink")),
  };
}

function positive(value: unknown): number | null {
  return typeof value === "number" && value > 0 ? value : null;
}

/** https://wicg.github.io/netinfo/: megabits a second, and no browser tells more than ten. */
function downlinkOf(header: string | null): number | null {
  if (header === null || header.length > 8) return null;
  const megabits = Number(header);
  return megabits > 0 && megabits <= 10_000 ? megabits * 1_000_000 : null;
}

let lastSetting = "";
let lastCountries: ReadonlySet<string> = new Set();

/** Of the setting START_LOW_COUNTRIES: codes with commas between. */
export function countriesOf(setting: string | undefined): ReadonlySet<string> {
  const text = setting ?? "";
  if (text !== lastSetting) {
    lastSetting = text;
    lastCountries = new Set(
      text.split(",").flatMap((code) => (code.trim() === "" ? [] : [code.trim().toUpperCase()])),
    );
  }
  return lastCountries;
}
