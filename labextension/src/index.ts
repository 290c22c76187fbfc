/** The Lab's side of Longboat, as several small plugins. */

import { again } from './plugins/again';
import { actions } from './plugins/actions';
import { connection } from './plugins/connection';
import { executed } from './plugins/executed';
import { job } from './plugins/job';
import { model } from './plugins/model';
import { service } from './plugins/service';
import { sidebar } from './plugins/sidebar';
import { train } from './plugins/train';

export default [connection, actions, sidebar, train, again, job, executed, model, service];
