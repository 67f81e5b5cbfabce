global using MailAddresses = Shop.Core.MailAddresses;
