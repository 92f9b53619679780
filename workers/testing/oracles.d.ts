// What the tests read of parsers that come without types.
declare module "mpd-parser" {
  export interface DashPlaylist {
    readonly attributes: { readonly NAME: string };
    readonly segments: readonly {
      readonly resolvedUri: string;
      readonly duration: number;
      readonly presentationTime: number;
      readonly map: { readonly resolvedUri: string };
    }[];
  }

  export interface DashManifest {
    readonly endList: boolean;
    readonly playlists: readonly DashPlaylist[];
    readonly mediaGroups: {
      readonly AUDIO: {
        readonly audio?: Readonly<Record<string, { readonly playlists: readonly DashPlaylist[] }>>;
      };
    };
  }

  export function parse(
    text: string,
    options: { readonly manifestUri: string; readonly eventHandler: (event: unknown) => void },
  ): DashManifest;
}

declare module "m3u8-parser" {
  export class Parser {
    readonly manifest: {
      readonly segments: readonly { readonly uri: string; readonly duration: number }[];
      readonly mediaGroups: { readonly AUDIO: Readonly<Record<string, Readonly<Record<string, unknown>>>> };
    };
    on(event: "warn", listener: (warning: { readonly message: string }) => void): void;
    push(text: string): void;
    end(): void;
  }
}
