DROP INDEX `agent_runs_account`;--> statement-breakpoint
CREATE INDEX `agent_runs_account` ON `agent_runs` (`account_id`,`created_at`,`id`);