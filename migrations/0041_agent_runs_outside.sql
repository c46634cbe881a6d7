ALTER TABLE `agent_runs` ADD `conversation_id` text;--> statement-breakpoint
ALTER TABLE `agent_runs` ADD `outside` text;--> statement-breakpoint
ALTER TABLE `agent_runs` ADD `answer_hash` text;--> statement-breakpoint
CREATE INDEX `agent_runs_conversation` ON `agent_runs` (`account_id`,`conversation_id`);--> statement-breakpoint
CREATE INDEX `agent_runs_answer` ON `agent_runs` (`account_id`,`answer_hash`);