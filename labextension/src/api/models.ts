import type { Client } from './client';
import type { ModelDetails } from './wire';

export const readModel = (client: Client, name: string): Promise<ModelDetails> =>
  client.get<ModelDetails>(`models/${encodeURIComponent(name)}`);
