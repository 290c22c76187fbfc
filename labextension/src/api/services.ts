import type { Client } from './client';
import type { Service } from './wire';

/** Serve `name@version`. */
export const deploy = (client: Client, model: string): Promise<Service> =>
  client.post<Service>('services', { model });

export const undeploy = (client: Client, name: string): Promise<void> =>
  client.delete(`services/${encodeURIComponent(name)}`);
