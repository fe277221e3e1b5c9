/*
 * Handlers of the commands, as commands.c names them. What a .plan handler may use:
 * ctl->store is open for writing inside the transaction (for reading with --dry-run and
 * for COMPARE commands), ctl->org is an empty org that reads from it on demand (rows
 * with PCHAT_CMD_MANIFEST make their own). A handler only adds changes; the frame calls
 * pchat_plan_check(), shows the plan, asks, stores and reports it.
 */
#pragma once

#include "pchatctl/ctl.h"

/* Any kind: create, set, show, list, delete (noun.c). */
enum pchat_code pchat_create_plan(struct pchat_ctl *ctl, const struct pchat_call *call,
                                  struct pchat_plan *plan, struct pchat_err *err);
enum pchat_code pchat_set_plan(struct pchat_ctl *ctl, const struct pchat_call *call,
                               struct pchat_plan *plan, struct pchat_err *err);
enum pchat_code pchat_delete_plan(struct pchat_ctl *ctl, const struct pchat_call *call,
                                  struct pchat_plan *plan, struct pchat_err *err);
enum pchat_code pchat_show_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                               struct pchat_err *err);
enum pchat_code pchat_list_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                               struct pchat_err *err);

/* policy (policy.c) */
enum pchat_code pchat_policy_grant_plan(struct pchat_ctl *ctl, const struct pchat_call *call,
                                        struct pchat_plan *plan, struct pchat_err *err);
enum pchat_code pchat_policy_revoke_plan(struct pchat_ctl *ctl, const struct pchat_call *call,
                                         struct pchat_plan *plan, struct pchat_err *err);

/* room (room.c) */
enum pchat_code pchat_room_enable_plan(struct pchat_ctl *ctl, const struct pchat_call *call,
                                       struct pchat_plan *plan, struct pchat_err *err);
enum pchat_code pchat_room_disable_plan(struct pchat_ctl *ctl, const struct pchat_call *call,
                                        struct pchat_plan *plan, struct pchat_err *err);
enum pchat_code pchat_room_move_plan(struct pchat_ctl *ctl, const struct pchat_call *call,
                                     struct pchat_plan *plan, struct pchat_err *err);
/* room and message (message.c) */
extern const char *const pchat_match_words[];
enum pchat_code pchat_room_clear_plan(struct pchat_ctl *ctl, const struct pchat_call *call,
                                      struct pchat_plan *plan, struct pchat_err *err);
enum pchat_code pchat_message_search_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                         struct pchat_err *err);
enum pchat_code pchat_message_remove_plan(struct pchat_ctl *ctl, const struct pchat_call *call,
                                          struct pchat_plan *plan, struct pchat_err *err);
enum pchat_code pchat_message_replace_plan(struct pchat_ctl *ctl, const struct pchat_call *call,
                                           struct pchat_plan *plan, struct pchat_err *err);

/* report (report.c, report_roles.c, report_followed.c) */
enum pchat_code pchat_report_followed_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                          struct pchat_err *err);
enum pchat_code pchat_report_invitations_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                             struct pchat_err *err);
enum pchat_code pchat_report_affiliations_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                              struct pchat_err *err);
enum pchat_code pchat_report_usage_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                       struct pchat_err *err);
enum pchat_code pchat_report_least_active_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                              struct pchat_err *err);
enum pchat_code pchat_report_inactive_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                          struct pchat_err *err);
enum pchat_code pchat_report_top_posters_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                             struct pchat_err *err);
enum pchat_code pchat_report_roles_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                       struct pchat_err *err);
enum pchat_code pchat_report_members_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                         struct pchat_err *err);

/* room and category (eligible.c) */
enum pchat_code pchat_eligible_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                   struct pchat_err *err);

/* addin (addin.c) */
enum pchat_code pchat_addin_delete_plan(struct pchat_ctl *ctl, const struct pchat_call *call,
                                        struct pchat_plan *plan, struct pchat_err *err);

/* server (server.c) */
enum pchat_code pchat_server_swap_plan(struct pchat_ctl *ctl, const struct pchat_call *call,
                                       struct pchat_plan *plan, struct pchat_err *err);

/* config and compliance (config.c) */
enum pchat_code pchat_config_effective_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                           struct pchat_err *err);
enum pchat_code pchat_config_reset_plan(struct pchat_ctl *ctl, const struct pchat_call *call,
                                        struct pchat_plan *plan, struct pchat_err *err);

/* user passwd: the plan only looks whether the user exists (passwd.c); the password is stored
 * by the helper program */
enum pchat_code pchat_user_passwd_plan(struct pchat_ctl *ctl, const struct pchat_call *call,
                                       struct pchat_plan *plan, struct pchat_err *err);

/* explain (explain.c, explain_room.c); "policy effective" shows what "explain policy" shows */
extern const char *const pchat_action_words[];
enum pchat_code pchat_policy_effective_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                           struct pchat_err *err);
enum pchat_code pchat_explain_access_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                         struct pchat_err *err);
enum pchat_code pchat_explain_room_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                       struct pchat_err *err);
enum pchat_code pchat_explain_policy_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                         struct pchat_err *err);

/* session (session.c), server (server.c): they ask the running pchatd */
enum pchat_code pchat_session_list_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                       struct pchat_err *err);
enum pchat_code pchat_session_show_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                       struct pchat_err *err);
enum pchat_code pchat_session_kick_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                       struct pchat_err *err);
enum pchat_code pchat_server_status_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                        struct pchat_err *err);
enum pchat_code pchat_report_signins_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                         struct pchat_err *err);
enum pchat_code pchat_server_metrics_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                         struct pchat_err *err);
enum pchat_code pchat_server_trace_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                       struct pchat_err *err);
enum pchat_code pchat_server_drain_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                       struct pchat_err *err);

/* store (store.c): these open their stores themselves */
enum pchat_code pchat_store_init_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                     struct pchat_err *err);
enum pchat_code pchat_store_info_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                     struct pchat_err *err);
enum pchat_code pchat_store_check_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                      struct pchat_err *err);
enum pchat_code pchat_store_migrate_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                        struct pchat_err *err);
enum pchat_code pchat_store_backup_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                       struct pchat_err *err);
enum pchat_code pchat_store_restore_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                        struct pchat_err *err);

/* manifests (manifest_cmd.c) */
enum pchat_code pchat_apply_plan(struct pchat_ctl *ctl, const struct pchat_call *call,
                                 struct pchat_plan *plan, struct pchat_err *err);
enum pchat_code pchat_export_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                 struct pchat_err *err);
enum pchat_code pchat_validate_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                   struct pchat_err *err);

/* saved plans (saved.c): plan, plan show, and apply of one */
enum pchat_code pchat_plan_make_plan(struct pchat_ctl *ctl, const struct pchat_call *call,
                                     struct pchat_plan *plan, struct pchat_err *err);
enum pchat_code pchat_plan_make_shown(struct pchat_ctl *ctl, const struct pchat_call *call,
                                      const struct pchat_plan *plan, struct pchat_err *err);
enum pchat_code pchat_plan_show_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                    struct pchat_err *err);
/* "apply": of manifests or of a saved plan */
enum pchat_code pchat_apply_any_plan(struct pchat_ctl *ctl, const struct pchat_call *call,
                                     struct pchat_plan *plan, struct pchat_err *err);
enum pchat_code pchat_apply_checked(struct pchat_ctl *ctl, const struct pchat_plan *plan,
                                    struct pchat_err *err);

/* import (import.c) */
extern const char *const pchat_import_words[];
enum pchat_code pchat_import_csv_plan(struct pchat_ctl *ctl, const struct pchat_call *call,
                                      struct pchat_plan *plan, struct pchat_err *err);

/* config show: service settings, or pchatctl's own options (config_show.c) */
enum pchat_code pchat_config_show_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                      struct pchat_err *err);

/* watch (watch_changes.c, watch_rooms.c, watch_sessions.c) */
enum pchat_code pchat_watch_changes_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                        struct pchat_err *err);
enum pchat_code pchat_watch_rooms_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                      struct pchat_err *err);
enum pchat_code pchat_watch_sessions_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                         struct pchat_err *err);

/* batch (batch.c) */
enum pchat_code pchat_batch_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                struct pchat_err *err);

/* transactions (transaction.c) */
enum pchat_code pchat_begin_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                struct pchat_err *err);
enum pchat_code pchat_commit_plan(struct pchat_ctl *ctl, const struct pchat_call *call,
                                  struct pchat_plan *plan, struct pchat_err *err);
void pchat_commit_stored(struct pchat_ctl *ctl);
enum pchat_code pchat_abort_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                struct pchat_err *err);
/* diff: against manifests, between revisions, or, without any, of the transaction against the store
 */
enum pchat_code pchat_diff_plan(struct pchat_ctl *ctl, const struct pchat_call *call,
                                struct pchat_plan *plan, struct pchat_err *err);
enum pchat_code pchat_transaction_list_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                           struct pchat_err *err);
enum pchat_code pchat_transaction_show_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                           struct pchat_err *err);

/* check (check.c); the helper program has those that look at certificates */
enum pchat_code pchat_check_store_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                      struct pchat_err *err);
enum pchat_code pchat_check_settings_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                         struct pchat_err *err);
enum pchat_code pchat_check_server_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                       struct pchat_err *err);

/* history and audit (history.c, audit.c) */
extern const char *const pchat_origin_words[];
enum pchat_code pchat_history_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                  struct pchat_err *err);
enum pchat_code pchat_history_show_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                       struct pchat_err *err);
enum pchat_code pchat_audit_list_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                     struct pchat_err *err);

/* rollback and confirm, and diff of revisions (rollback.c) */
enum pchat_code pchat_rollback_plan(struct pchat_ctl *ctl, const struct pchat_call *call,
                                    struct pchat_plan *plan, struct pchat_err *err);
enum pchat_code pchat_confirm_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                  struct pchat_err *err);
enum pchat_code pchat_diff_revisions_plan(struct pchat_ctl *ctl, const struct pchat_call *call,
                                          struct pchat_plan *plan, struct pchat_err *err);

/* completion (completion.c) */
enum pchat_code pchat_completion_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                     struct pchat_err *err);

/* help and version (help.c) */
enum pchat_code pchat_help_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                               struct pchat_err *err);
enum pchat_code pchat_version_run(struct pchat_ctl *ctl, const struct pchat_call *call,
                                  struct pchat_err *err);
