import { LabIcon } from '@jupyterlab/ui-components';

/** A longboat under sail: keel, mast, and a sail full of wind. */
export const longboatIcon = new LabIcon({
  name: 'longboat:boat',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">
  <g class="jp-icon3 jp-icon-selectable" fill="#616161">
    <path d="M13 2.5v11h7.2c-.3-4.6-2.8-8.500-7.200-11z"/>
    <path d="M11.500 5.500v8H5.200c.6-3.200 2.700-6 6.300-8z"/>
    <path d="M1.500 14.200c.3 4 2.600 6.800 6 6.800h9c3.400 0 5.700-2.800 6-6.800-1.400.8-2.900 1.300-4.500 1.300H6c-1.600 0-3.100-.5-4.500-1.300z"/>
  </g>
</svg>`
});

/** A model: a box of layers. */
export const deployIcon = new LabIcon({
  name: 'longboat:deploy',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">
  <path class="jp-icon3" fill="#616161" d="M5 20h14v-2H5v2zM12 3l-6.500 6.500 1.400 1.400L11 6.800V16h2V6.800l4.100 4.100 1.400-1.400L12 3z"/>
</svg>`
});
