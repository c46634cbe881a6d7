ALTER TABLE `transcripts` ADD `grades_task_id` text;--> statement-breakpoint
ALTER TABLE `transcripts` ADD `grades_found` text;--> statement-breakpoint
CREATE INDEX `transcripts_grades_task` ON `transcripts` (`grades_task_id`);