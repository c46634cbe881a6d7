CREATE TABLE `shared_prompts` (
	`name` text PRIMARY KEY NOT NULL,
	`text` text NOT NULL,
	`created_at` integer NOT NULL
);
