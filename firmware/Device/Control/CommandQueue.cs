using System.Collections;
using BodyCam.Firmware.Wire;

namespace BodyCam.Firmware.Control
{
    /// <summary>Authenticated commands on their way from the uplink thread to the control thread. Thread-safe.</summary>
    public sealed class CommandQueue
    {
        private const int CommandsMax = 16;

        private readonly Queue _commands = new Queue();

        /// <summary>Queues a command; beyond 16 it is dropped.</summary>
        public void Enqueue(Command command)
        {
            lock (_commands)
            {
                if (_commands.Count < CommandsMax)
                {
                    _commands.Enqueue(command);
                }
            }
        }

        /// <summary>The oldest command, or null.</summary>
        public Command Take()
        {
            lock (_commands)
            {
                return _commands.Count > 0 ? (Command)_commands.Dequeue() : null;
            }
        }
    }
}
