import type { Signature } from '../model/tryit';

/** What the server sends; the words and fields of `longboat … --json`. */

export type JobState = 'queued' | 'starting' | 'running' | 'succeeded' | 'failed' | 'stopped';
export type ReplicaState = 'pending' | 'running' | 'succeeded' | 'failed' | 'stopped';
export type Role = 'chief' | 'worker' | 'ps' | 'evaluator';

export interface Replica {
  readonly role: Role;
  readonly index: number;
  readonly state: ReplicaState;
  readonly exit_code: number | null;
  /** Bytes. */
  readonly memory_peak: number | null;
}

export interface Progress {
  readonly cell: number;
  readonly cells: number;
  readonly done: number;
  readonly total: number;
  /** Seconds; null while nothing allows an estimate. */
  readonly remaining: number | null;
}

export interface Resources {
  readonly cpu: number;
  /** Bytes. */
  readonly memory: number;
  readonly gpu: number;
}

/** Times are seconds since the epoch. */
export interface Job {
  readonly id: string;
  readonly name: string;
  readonly state: JobState;
  readonly reason: string;
  readonly message: string;
  readonly backend: string;
  readonly created: number;
  readonly started: number | null;
  readonly ended: number | null;
  readonly attempt: number;
  readonly retries: number;
  readonly replicas: readonly Replica[];
  readonly resources: Resources;
  readonly progress: Progress;
  readonly metrics: Readonly<Record<string, unknown>>;
  /** `name@version` once registered. */
  readonly model: string | null;
  readonly rehearse: boolean;
  readonly entry: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly again: string | null;
}

export interface Model {
  readonly name: string;
  readonly version: number;
  readonly created: number | null;
  readonly job: string | null;
  readonly metrics: Readonly<Record<string, unknown>> | null;
}

/** What a model version was made from. */
export interface Lineage {
  readonly entry: string | null;
  readonly parameters: Readonly<Record<string, unknown>> | null;
  readonly who: string | null;
  /** ISO 8601. */
  readonly when: string | null;
  readonly snapshot: string | null;
  /** Of git. */
  readonly commit: string | null;
}

/** A version with all that its model's page shows. */
export interface ModelVersion extends Model {
  /** Bytes. */
  readonly size?: number;
  readonly signature: Signature | null;
  /** null for one made elsewhere. */
  readonly lineage: Lineage | null;
}

/** A model with its versions, the newest first. */
export interface ModelDetails {
  readonly name: string;
  readonly versions: readonly ModelVersion[];
}

export interface Service {
  readonly name: string;
  readonly model: string;
  readonly version: number;
  readonly state: string;
  readonly message: string;
  readonly url: string | null;
  readonly requests: number;
  readonly errors: number;
  readonly latency: { readonly p50: number | null; readonly p99: number | null };
}

/** One thing that a rehearsal found to mend. */
export interface Finding {
  readonly replica: string;
  readonly sentence: string;
  readonly fix: string;
}

/** A time in which a job's state stayed the same; it lasts until the next one begins. */
export interface Phase {
  readonly state: JobState;
  readonly attempt: number;
  readonly since: number;
  readonly reason: string;
  /** Why it came to it, or what it waits for. */
  readonly message: string;
}

/** A job with its history, and of a rehearsal that has ended what it found. */
export interface JobDetails extends Job {
  /** The first one first. */
  readonly history: readonly Phase[];
  readonly findings?: readonly Finding[];
  readonly remarks?: readonly string[];
}

/** What a job wrote beside its notebook. */
export interface JobFiles {
  readonly files: readonly { readonly path: string; readonly size: number }[];
  /** Whether there is an executed notebook. */
  readonly notebook: boolean;
}

/** Something that was asked, before and after. */
export interface Difference {
  readonly name: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** What is other in another job; of each pair, this job's comes first. */
export interface JobDiff {
  readonly same: boolean;
  readonly parameters: readonly Difference[];
  readonly asked: readonly Difference[];
  readonly environment: readonly Difference[];
  readonly cells: readonly {
    readonly change: string;
    readonly before: { readonly number: number | null } | null;
    readonly after: { readonly number: number | null } | null;
    /** null: too long to be shown. */
    readonly diff: readonly string[] | null;
  }[];
  readonly files: readonly { readonly path: string; readonly change: string }[];
  readonly metrics: Readonly<Record<string, readonly unknown[]>>;
}

/** A service, and what the model takes that it serves. */
export interface ServiceDetails extends Service {
  readonly signature: Signature | null;
}

/** A piece of one replica's log; offsets count bytes. */
export interface LogPiece {
  readonly text: string;
  readonly offset: number;
  readonly next: number;
  /** Nothing more will come. */
  readonly end: boolean;
}

/** Points of each metric: step and value. */
export type Series = Readonly<Record<string, readonly (readonly [number, number | null])[]>>;

/** How much there is of something, and how much of it nobody uses. */
export interface Amount {
  readonly free: number;
  readonly total: number;
}

/** What there is to run jobs with; what is not known is left out. */
export interface Place {
  readonly backends?: readonly string[];
  /** What is wrong with the list of clusters. */
  readonly mistake?: string | null;
  readonly cpu?: Amount;
  /** Bytes. */
  readonly memory?: Amount;
  readonly gpu?: Amount;
}

/** How a value is asked for; any: the default is None; computed: only running tells it. */
export type ParameterKind = 'switch' | 'whole' | 'number' | 'text' | 'json' | 'any' | 'computed';

/** A parameter of a notebook. */
export interface Parameter {
  readonly name: string;
  readonly kind: ParameterKind;
  readonly default: unknown;
}

/** What a notebook declares, as it was last saved. */
export interface NotebookFacts {
  readonly kind: 'notebook' | 'script';
  readonly kernel: string | null;
  readonly parameters: readonly Parameter[];
  /** Takes values of any name beside. */
  readonly open: boolean;
  /** Null where something keeps it from travelling; a plan says what. */
  readonly travels: Travels | null;
}

/** What goes along with a notebook. */
export interface Travels {
  /** The first of them. */
  readonly files: readonly { readonly path: string; readonly size: number }[];
  readonly count: number;
  /** Bytes. */
  readonly size: number;
  /** What stays behind. */
  readonly warnings: readonly string[];
}

/** A job's specification, as far as a form shows it. */
export interface PlannedSpec {
  readonly name: string;
  readonly model: string;
  /** The interpreter that runs it; null on a cluster. */
  readonly python: string | null;
  readonly resources: { readonly cpu: number; readonly memory: number };
}

/** What would run, and how to say it elsewhere. */
export interface Plan {
  readonly travels: Travels;
  /** What one may want to ask for otherwise. */
  readonly advice: readonly string[];
  readonly spec: PlannedSpec;
  /** null where no option says it. */
  readonly shell: string | null;
  readonly python: string;
  /** What a cluster would be given. */
  readonly yaml: string | null;
}

export interface Everything {
  readonly kind: 'state';
  readonly jobs: readonly Job[];
  readonly models: readonly Model[];
  readonly services: readonly Service[];
}

interface Changes<K extends string, T> {
  readonly kind: K;
  readonly changed: readonly T[];
  readonly removed: readonly string[];
}

export type LiveMessage =
  Everything | Changes<'jobs', Job> | Changes<'models', Model> | Changes<'services', Service>;

/** A piece of a log that is followed, or why there is none. */
export type LogMessage = { readonly kind: 'log'; readonly id: number } & (
  LogPiece | { readonly problem: string; readonly end: true }
);

const FINAL: ReadonlySet<string> = new Set<JobState>(['succeeded', 'failed', 'stopped']);

/** Whether a job, or a replica, will not change any more. */
export function isFinal(state: JobState | ReplicaState): boolean {
  return FINAL.has(state);
}

/** The name of a replica, as in `worker-0`. */
export function replicaName(replica: Pick<Replica, 'role' | 'index'>): string {
  return `${replica.role}-${replica.index}`;
}

/** The key of a model version. */
export function modelKey(model: Pick<Model, 'name' | 'version'>): string {
  return `${model.name}@${model.version}`;
}
