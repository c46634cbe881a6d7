ALTER TABLE `datasets` ADD `encoding` text DEFAULT 'utf-8' NOT NULL;--> statement-breakpoint
ALTER TABLE `datasets` ADD `delimiter` text;--> statement-breakpoint
ALTER TABLE `datasets` ADD `short_rows` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
UPDATE `datasets` SET `preview` = json_object('headers', json((SELECT json_group_array(json_extract(`value`, '$.name')) FROM json_each(`datasets`.`columns`))), 'rows', json('[]')) WHERE length(CAST(`preview` AS BLOB)) > 4096;
