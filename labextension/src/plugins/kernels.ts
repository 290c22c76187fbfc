import type { KernelSpec } from '@jupyterlab/services';

import type { Kernel } from '../panels/submit/model';

/** The kernels in which a job can run. */
export function pythons(specs: KernelSpec.ISpecModels | null): Kernel[] {
  const known = Object.values(specs?.kernelspecs ?? {});
  return known
    .filter(spec => spec !== undefined)
    .filter(spec => spec.language.toLowerCase() === 'python')
    .map(({ name, display_name }) => ({ name, label: display_name }));
}
