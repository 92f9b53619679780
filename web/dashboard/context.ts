// What every page of the dashboard has at hand.
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Api } from "../api.ts";
import type { Session } from "./session.ts";

export interface Dashboard {
  readonly api: Api;
  readonly session: Session;
  readonly playbackOrigin: string;
}

export const DashboardContext = createContext<Dashboard | null>(null);

export function useDashboard(): Dashboard {
  const dashboard = useContext(DashboardContext);
  if (dashboard === null) throw new Error("Outside of the dashboard");
  return dashboard;
}
