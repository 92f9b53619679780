// Where and from which pages a video may be watched: settings of a playback id, claims of a token.

export type RuleAction = "allow" | "block";

/** The first rule that matches decides; when none does, the answer is the opposite of what the last one does. */
export type AccessRule = { readonly action: RuleAction } & (
  | { readonly type: "any" }
  /** ISO 3166-1 alpha-2, upper case; `T1` is Tor, `XX` is unknown. */
  | { readonly type: "country"; readonly countries: readonly string[] }
  /** AF, AN, AS, EU, NA, OC, SA. */
  | { readonly type: "continent"; readonly continents: readonly string[] }
  /** Addresses and CIDR blocks, IPv4 and IPv6. */
  | { readonly type: "ip"; readonly ips: readonly string[] }
  | { readonly type: "asn"; readonly asns: readonly number[] }
);

export interface Restrictions {
  readonly rules?: readonly AccessRule[];
  /** Hosts, `app.example.com` or `*.example.com`, of the page that plays: by Origin, else by Referer. */
  readonly allowedOrigins?: readonly string[];
  /** A request that names neither (a native player) passes `allowedOrigins`. Default true. */
  readonly allowNoOrigin?: boolean;
}

/** What a request says, or the platform says of it. Null: not known. */
export interface ViewerPlace {
  readonly ip: string | null;
  readonly country: string | null;
  readonly continent: string | null;
  readonly asn: number | null;
  /** Host of the Origin header, else of the Referer. */
  readonly pageHost: string | null;
}
