import type { Client } from './client';
import type { Place } from './wire';

export const readPlace = (client: Client): Promise<Place> => client.get<Place>('place');
