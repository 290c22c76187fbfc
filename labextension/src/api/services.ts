import type { Client } from './client';
import type { Service, ServiceDetails } from './wire';

/** Serve `name@version`; a service that is there already switches to it. */
export const deploy = (client: Client, model: string, service?: string): Promise<Service> =>
  client.post<Service>('services', service ? { model, service } : { model });

export const undeploy = (client: Client, name: string): Promise<void> =>
  client.delete(`services/${encodeURIComponent(name)}`);

export const readService = (client: Client, name: string): Promise<ServiceDetails> =>
  client.get<ServiceDetails>(`services/${encodeURIComponent(name)}`);

/** Ask for predictions, by KServe's V1 protocol. */
export const predict = (
  client: Client,
  name: string,
  instances: readonly unknown[]
): Promise<unknown> => client.post(`services/${encodeURIComponent(name)}/predict`, { instances });
