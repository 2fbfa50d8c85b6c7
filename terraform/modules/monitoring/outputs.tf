output "alarm_topic_arn" {
  description = "ARN of the SNS topic that sends the alarms."
  value       = aws_sns_topic.this.arn
}
