using BodyCam.Firmware.Control;
using BodyCam.Firmware.Storage;

namespace BodyCam.Firmware.Uplink
{
    /// <summary>Says what became of the link: to other threads by <see cref="LinkState"/>, to the journal once for each change. Uplink thread only.</summary>
    internal sealed class LinkTeller
    {
        private readonly LinkState _state;
        private readonly GatewayLink _link;
        private readonly Diary _diary;
        private int _toldFault = -1;

        internal LinkTeller(LinkState state, GatewayLink link, Diary diary)
        {
            _state = state;
            _link = link;
            _diary = diary;
        }

        /// <summary>Takes the present state; what is tried again every minute does not fill the journal.</summary>
        /// <param name="fault">One of <see cref="LinkFaults"/>.</param>
        internal void Tell(int fault)
        {
            if (fault != LinkFaults.None)
            {
                _state.LastFault = fault;
                _state.HasAnswered = false;
            }

            _state.Fault = fault;
            if (_toldFault == fault)
            {
                return;
            }

            _toldFault = fault;
            JournalLine line = _diary.Line(Events.Link).Add("up", fault == LinkFaults.None);
            if (fault != LinkFaults.None)
            {
                line.Add("code", fault).Add("text", LinkFaults.Text(fault));
            }

            if (fault == LinkFaults.LoginRefused)
            {
                line.Add("answer", _link.Answer);
            }
            else if (fault >= LinkFaults.GatewayUnreachable && fault <= LinkFaults.TlsFailed)
            {
                line.Add("detail", _link.Detail);
            }

            _diary.Write(LinkFaults.WantsTechnician(fault));
        }
    }
}
